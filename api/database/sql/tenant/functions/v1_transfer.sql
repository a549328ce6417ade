create or replace function part_lens.v1_transfer(scope jsonb, payload jsonb) returns jsonb
language plpgsql volatile security invoker
as $$
begin
  perform part_lens.enter(scope);
  return part_lens.transfer(scope, payload);
end
$$;
