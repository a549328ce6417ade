create or replace function part_lens.v2_receive_part(scope jsonb, payload jsonb) returns jsonb
language plpgsql volatile security invoker
as $$
begin
  perform part_lens.enter(scope);
  return part_lens.receive(scope, payload || jsonb_build_object('quantity', payload -> 'quantity_received'));
end
$$;
