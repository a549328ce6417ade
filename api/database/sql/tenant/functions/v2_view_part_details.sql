-- Reads the ledger only. Volatile, because taking on the scope changes settings.
create or replace function part_lens.v2_view_part_details(scope jsonb, payload jsonb) returns jsonb
language plpgsql volatile security invoker
as $$
declare
  part part_lens.pms_parts;
  on_hand numeric;
begin
  perform part_lens.enter(scope);
  part := part_lens.find_part(scope, payload);
  on_hand := trim_scale(part_lens.on_hand_of(part));
  return jsonb_build_object('part', jsonb_build_object(
    'yacht_id', part.yacht_id, 'part_id', part.id, 'name', part.name, 'part_number', part.part_number,
    'on_hand', on_hand, 'min_level', part.min_level, 'reorder_multiple', part.reorder_multiple,
    'location', part.location, 'unit', part.unit,
    'is_low_stock', on_hand < part.min_level, 'is_out_of_stock', on_hand <= 0,
    'suggested_order_qty', part_lens.suggested_order(on_hand, part.min_level, part.reorder_multiple)));
end
$$;
