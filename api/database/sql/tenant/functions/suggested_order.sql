-- Shortage rounded up to whole packs. Source: domain.md, "Data".
create or replace function part_lens.suggested_order(on_hand numeric, min_level numeric, reorder_multiple numeric)
  returns numeric
language sql immutable security invoker
as $$
  select trim_scale(ceil(greatest(min_level - on_hand, 0) / reorder_multiple) * reorder_multiple)
$$;
