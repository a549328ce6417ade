-- The parts below threshold_percent (default 100) of their min_level, largest shortage first; from the ledger only.
create or replace function part_lens.v2_view_low_stock(scope jsonb, payload jsonb) returns jsonb
language plpgsql volatile security invoker
as $$
declare
  factor constant numeric := coalesce((payload ->> 'threshold_percent')::numeric, 100) / 100;
  wanted_department constant text := lower(payload ->> 'department');
begin
  perform part_lens.enter(scope);
  return jsonb_build_object('parts', coalesce((
    select jsonb_agg(jsonb_build_object(
        'yacht_id', part.yacht_id, 'part_id', part.id, 'name', part.name, 'on_hand', trim_scale(level.on_hand),
        'min_level', part.min_level, 'shortage', trim_scale(greatest(part.min_level - level.on_hand, 0)),
        'suggested_order_qty', part_lens.suggested_order(level.on_hand, part.min_level, part.reorder_multiple)
      ) order by part.min_level - level.on_hand desc, part.id)
      from part_lens.pms_parts part
      left join part_lens.on_hand ledger on ledger.yacht_id = part.yacht_id and ledger.part_id = part.id
      cross join lateral (select coalesce(ledger.on_hand, 0) as on_hand) level
      where part.yacht_id = (scope ->> 'yacht_id')::uuid
        and level.on_hand < part.min_level * factor
        and (wanted_department is null or lower(part.department) = wanted_department)
  ), '[]'));
end
$$;
