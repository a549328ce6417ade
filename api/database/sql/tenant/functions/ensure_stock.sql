-- The place a part's stock is added at: the named one, else the part's own, else the oldest in use; its stock row is
-- made if there is none. To be called before the part is locked: it may wait for another action that makes the
-- same row.
create or replace function part_lens.ensure_stock(part part_lens.pms_parts, wanted text) returns text
language plpgsql volatile security invoker
as $$
declare
  place text;
begin
  place := coalesce(nullif(wanted, ''), nullif(part.location, ''), (
    select location from part_lens.pms_inventory_stock
      where yacht_id = part.yacht_id and part_id = part.id and deleted_at is null
      order by created_at, id limit 1
  ), 'unassigned');
  insert into part_lens.pms_inventory_stock (yacht_id, part_id, location)
    values (part.yacht_id, part.id, place) on conflict do nothing;
  return place;
end
$$;
