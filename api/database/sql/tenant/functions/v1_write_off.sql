-- Unsigned: whatever the scope carries as a signature is dropped, so that it never passes for evidence.
create or replace function part_lens.v1_write_off(scope jsonb, payload jsonb) returns jsonb
language plpgsql volatile security invoker
as $$
begin
  perform part_lens.enter(scope);
  return part_lens.write_off(scope - 'signature', payload);
end
$$;
