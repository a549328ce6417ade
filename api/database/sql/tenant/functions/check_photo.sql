-- Refuses a photo_storage_path that names no uploaded or registered image of this yacht; raises as refuse_object does.
create or replace function part_lens.check_photo(scope jsonb, path text) returns void
language plpgsql stable security invoker
as $$
begin
  if path is null then
    return;
  end if;
  perform from part_lens.storage_objects
    where key = path and bucket in ('pms-part-photos', 'pms-receiving-images')
      and state in ('registered', 'confirmed');
  if not found then
    perform part_lens.refuse_object(starts_with(path, (scope ->> 'yacht_id') || '/'));
  end if;
end
$$;
