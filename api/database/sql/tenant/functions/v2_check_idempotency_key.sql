-- For signed actions, which ask about the key before they spend a TOTP step. payload: { action }.
create or replace function part_lens.v2_check_idempotency_key(scope jsonb, payload jsonb) returns jsonb
language plpgsql volatile security invoker
as $$
begin
  perform part_lens.enter(scope);
  perform part_lens.check_key(scope, payload ->> 'action');
  return '{}';
end
$$;
