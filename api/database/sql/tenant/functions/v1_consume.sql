create or replace function part_lens.v1_consume(scope jsonb, payload jsonb) returns jsonb
language plpgsql volatile security invoker
as $$
begin
  perform part_lens.enter(scope);
  return part_lens.consume(scope, payload);
end
$$;
