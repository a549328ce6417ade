-- v1 reads the cache. Volatile, because taking on the scope changes settings.
create or replace function part_lens.v1_view_part(scope jsonb, payload jsonb) returns jsonb
language plpgsql volatile security invoker
as $$
declare
  part part_lens.pms_parts;
  cached numeric;
begin
  perform part_lens.enter(scope);
  part := part_lens.find_part(scope, payload);
  select trim_scale(coalesce(sum(quantity), 0)) into cached from part_lens.pms_inventory_stock
    where yacht_id = part.yacht_id and part_id = part.id and deleted_at is null;
  return jsonb_build_object('part', jsonb_build_object(
    'yacht_id', part.yacht_id, 'part_id', part.id, 'name', part.name, 'part_number', part.part_number,
    'quantity', cached, 'min_level', part.min_level, 'reorder_multiple', part.reorder_multiple,
    'location', part.location, 'unit', part.unit,
    'is_low_stock', cached < part.min_level, 'is_out_of_stock', cached <= 0));
end
$$;
