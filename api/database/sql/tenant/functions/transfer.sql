-- Moves stock from one place to another, for v1 and v2: two ledger rows with one transfer_id, and the part's total
-- stays. payload: { part_id, quantity, from_location, to_location, notes? }. PL006 when both places are the same.
create or replace function part_lens.transfer(scope jsonb, payload jsonb) returns jsonb
language plpgsql volatile security invoker
as $$
declare
  part part_lens.pms_parts;
  moved jsonb;
  quantity constant numeric := (payload ->> 'quantity')::numeric;
  places constant jsonb := jsonb_build_object(
    'from_location', payload -> 'from_location', 'to_location', payload -> 'to_location');
begin
  perform part_lens.begin_action(scope, 'transfer_part');
  if payload ->> 'from_location' = payload ->> 'to_location' then
    raise exception using errcode = 'PL006', message = 'same_location';
  end if;
  part := part_lens.find_part(scope, payload);
  perform part_lens.ensure_stock(part, payload ->> 'to_location');
  moved := places || part_lens.move_stock(scope, part, payload);
  return part_lens.finish_action(scope, 'transfer_part', part.id,
    places || jsonb_build_object(
      'from_level', trim_scale((moved ->> 'from_level')::numeric + quantity),
      'to_level', trim_scale((moved ->> 'to_level')::numeric - quantity)),
    moved, moved || jsonb_build_object('quantity_transferred', trim_scale(quantity)));
end
$$;
