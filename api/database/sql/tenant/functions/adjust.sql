-- Sets a part's quantity to what was counted, for v1 and v2. payload: { part_id, new_quantity, reason }.
-- An unchanged quantity is recorded too: the count itself is the news.
create or replace function part_lens.adjust(scope jsonb, payload jsonb) returns jsonb
language plpgsql volatile security invoker
as $$
declare
  part part_lens.pms_parts;
  place text;
  new_id uuid;
  old_quantity numeric;
  change numeric;
  new_quantity constant numeric := (payload ->> 'new_quantity')::numeric;
  details constant jsonb := payload - '{part_id,new_quantity,signature}'::text[];
begin
  perform part_lens.begin_action(scope, 'adjust_stock_quantity');
  part := part_lens.find_part(scope, payload);
  place := part_lens.ensure_stock(part, null);
  perform part_lens.lock_stock(part);
  old_quantity := part_lens.on_hand_of(part);
  change := new_quantity - old_quantity;
  if change < 0 then
    new_id := part_lens.take_stock(scope, part, 'adjust', -change, details);
  else
    new_id := part_lens.add_stock(scope, part, place, 'adjust', change, details);
  end if;
  return part_lens.finish_action(scope, 'adjust_stock_quantity', part.id,
    jsonb_build_object('on_hand', trim_scale(old_quantity)),
    jsonb_build_object('on_hand', trim_scale(new_quantity), 'transaction_id', new_id) || details,
    jsonb_build_object('transaction_id', new_id, 'old_quantity', trim_scale(old_quantity),
      'new_quantity', trim_scale(new_quantity), 'adjustment', trim_scale(change)));
end
$$;
