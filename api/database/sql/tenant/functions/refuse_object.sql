-- Refuses an object that the row policy does not show: PL011 object_not_found when the name is one of this yacht's,
-- else PL010 object_forbidden.
create or replace function part_lens.refuse_object(is_own boolean) returns void
language plpgsql stable security invoker
as $$
begin
  if is_own then
    raise exception using errcode = 'PL011', message = 'object_not_found';
  end if;
  raise exception using errcode = 'PL010', message = 'object_forbidden';
end
$$;
