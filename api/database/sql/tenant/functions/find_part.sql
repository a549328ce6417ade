-- The part of this yacht; a foreign part is not found (PL001).
create or replace function part_lens.find_part(scope jsonb, payload jsonb) returns part_lens.pms_parts
language plpgsql stable security invoker
as $$
declare
  part part_lens.pms_parts;
begin
  select * into part from part_lens.pms_parts
    where yacht_id = (scope ->> 'yacht_id')::uuid and id = (payload ->> 'part_id')::uuid;
  if not found then
    raise exception using errcode = 'PL001', message = 'part_not_found';
  end if;
  return part;
end
$$;
