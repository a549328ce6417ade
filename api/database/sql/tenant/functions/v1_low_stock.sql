-- v1's list, from the cache.
create or replace function part_lens.v1_low_stock(scope jsonb, payload jsonb) returns jsonb
language plpgsql volatile security invoker
as $$
declare
  factor constant numeric := coalesce((payload ->> 'threshold_percent')::numeric, 100) / 100;
  wanted_department constant text := lower(payload ->> 'department');
begin
  perform part_lens.enter(scope);
  return jsonb_build_object('parts', coalesce((
    select jsonb_agg(jsonb_build_object(
        'yacht_id', part.yacht_id, 'part_id', part.id, 'name', part.name, 'quantity', trim_scale(level.quantity),
        'min_level', part.min_level, 'shortage', trim_scale(greatest(part.min_level - level.quantity, 0))
      ) order by part.min_level - level.quantity desc, part.id)
      from part_lens.pms_parts part
      cross join lateral (
        select coalesce(sum(stock.quantity), 0) as quantity from part_lens.pms_inventory_stock stock
          where stock.yacht_id = part.yacht_id and stock.part_id = part.id and stock.deleted_at is null
      ) level
      where part.yacht_id = (scope ->> 'yacht_id')::uuid
        and level.quantity < part.min_level * factor
        and (wanted_department is null or lower(part.department) = wanted_department)
  ), '[]'));
end
$$;
