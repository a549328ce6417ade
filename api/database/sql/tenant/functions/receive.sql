-- Takes goods in, for v1 and v2. payload: { part_id, quantity, location?, supplier_id?, … }.
create or replace function part_lens.receive(scope jsonb, payload jsonb) returns jsonb
language plpgsql volatile security invoker
as $$
declare
  part part_lens.pms_parts;
  place text;
  new_id uuid;
  level numeric;
  quantity constant numeric := (payload ->> 'quantity')::numeric;
begin
  perform part_lens.begin_action(scope, 'receive_part');
  part := part_lens.find_part(scope, payload);
  perform part_lens.check_photo(scope, payload ->> 'photo_storage_path');
  place := part_lens.ensure_stock(part, payload ->> 'location');
  new_id := part_lens.add_stock(scope, part, place, 'receive', quantity,
    payload - '{part_id,quantity,quantity_received,location}'::text[]);
  level := part_lens.on_hand_of(part);
  return part_lens.finish_action(scope, 'receive_part', part.id,
    jsonb_build_object('on_hand', trim_scale(level - quantity)),
    jsonb_build_object('on_hand', trim_scale(level), 'transaction_id', new_id),
    jsonb_build_object('transaction_id', new_id, 'new_stock_level', trim_scale(level)));
end
$$;
