-- Books stock as lost, for v1 and v2. payload: { part_id, quantity, reason?, notes? }.
create or replace function part_lens.write_off(scope jsonb, payload jsonb) returns jsonb
language plpgsql volatile security invoker
as $$
declare
  part part_lens.pms_parts;
  new_id uuid;
  level numeric;
  quantity constant numeric := (payload ->> 'quantity')::numeric;
  details constant jsonb := payload - '{part_id,quantity,signature}'::text[];
begin
  perform part_lens.begin_action(scope, 'write_off_part');
  part := part_lens.find_part(scope, payload);
  new_id := part_lens.take_stock(scope, part, 'write_off', quantity, details);
  level := part_lens.on_hand_of(part);
  return part_lens.finish_action(scope, 'write_off_part', part.id,
    jsonb_build_object('on_hand', trim_scale(level + quantity)),
    jsonb_build_object('on_hand', trim_scale(level), 'transaction_id', new_id) || details,
    jsonb_build_object('transaction_id', new_id, 'new_stock_level', trim_scale(level),
      'quantity_written_off', trim_scale(quantity)));
end
$$;
