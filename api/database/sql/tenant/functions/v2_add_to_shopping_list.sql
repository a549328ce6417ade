-- Asks for a part to be bought. payload: { part_id, quantity_requested?, urgency? }. Without a quantity it is the
-- suggested order; when nothing is short, one pack: who asks wants some.
create or replace function part_lens.v2_add_to_shopping_list(scope jsonb, payload jsonb) returns jsonb
language plpgsql volatile security invoker
as $$
declare
  part part_lens.pms_parts;
  suggested numeric;
  item part_lens.pms_shopping_list_items;
  told jsonb;
begin
  perform part_lens.enter(scope);
  perform part_lens.begin_action(scope, 'add_to_shopping_list');
  part := part_lens.find_part(scope, payload);
  suggested := part_lens.suggested_order(part_lens.on_hand_of(part), part.min_level, part.reorder_multiple);
  insert into part_lens.pms_shopping_list_items (yacht_id, part_id, quantity_requested, urgency, requested_by)
    values (part.yacht_id, part.id,
      coalesce((payload ->> 'quantity_requested')::numeric, nullif(suggested, 0), part.reorder_multiple),
      coalesce(payload ->> 'urgency', 'normal'), (scope ->> 'user_id')::uuid)
    returning * into item;
  told := jsonb_build_object('shopping_list_item_id', item.id, 'urgency', item.urgency,
    'quantity_requested', trim_scale(item.quantity_requested));
  return part_lens.finish_action(scope, 'add_to_shopping_list', part.id, '{}', told,
    told || jsonb_build_object('suggested_order_qty', suggested));
end
$$;
