-- What is printed of these parts, in the order asked for; a part asked for twice is told twice. payload: { action,
-- part_ids }. PL001 when one of them is not this yacht's. A used key is refused here already: making the PDF is work.
create or replace function part_lens.v2_label_parts(scope jsonb, payload jsonb) returns jsonb
language plpgsql volatile security invoker
as $$
declare
  found_parts jsonb;
begin
  perform part_lens.enter(scope);
  perform part_lens.check_key(scope, payload ->> 'action');
  select jsonb_agg(jsonb_build_object(
      'yacht_id', part.yacht_id, 'part_id', part.id, 'name', part.name, 'part_number', part.part_number,
      'location', part.location
    ) order by wanted.position) into found_parts
    from jsonb_array_elements_text(payload -> 'part_ids') with ordinality as wanted(part_id, position)
    join part_lens.pms_parts part
      on part.yacht_id = (scope ->> 'yacht_id')::uuid and part.id = wanted.part_id::uuid;
  if coalesce(jsonb_array_length(found_parts), 0) < jsonb_array_length(payload -> 'part_ids') then
    raise exception using errcode = 'PL001', message = 'part_not_found';
  end if;
  return jsonb_build_object('parts', found_parts);
end
$$;
