-- Uses parts up, for v1 and v2. payload: { part_id, quantity, work_order_id?, notes? }.
create or replace function part_lens.consume(scope jsonb, payload jsonb) returns jsonb
language plpgsql volatile security invoker
as $$
declare
  part part_lens.pms_parts;
  new_id uuid;
  level numeric;
  quantity constant numeric := (payload ->> 'quantity')::numeric;
begin
  perform part_lens.begin_action(scope, 'consume_part');
  part := part_lens.find_part(scope, payload);
  new_id := part_lens.take_stock(scope, part, 'consume', quantity, payload - '{part_id,quantity}'::text[]);
  insert into part_lens.pms_part_usage (yacht_id, part_id, transaction_id, quantity, work_order_id, notes, used_by)
    values (part.yacht_id, part.id, new_id, quantity, payload ->> 'work_order_id', payload ->> 'notes',
      (scope ->> 'user_id')::uuid);
  level := part_lens.on_hand_of(part);
  return part_lens.finish_action(scope, 'consume_part', part.id,
    jsonb_build_object('on_hand', trim_scale(level + quantity)),
    jsonb_build_object('on_hand', trim_scale(level), 'transaction_id', new_id),
    jsonb_build_object('transaction_id', new_id, 'new_stock_level', trim_scale(level)));
end
$$;
