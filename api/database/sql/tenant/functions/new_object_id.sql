-- A UUID of version 8: the yacht's mark, then 74 random bits.
create or replace function part_lens.new_object_id(yacht uuid) returns uuid
language sql volatile security invoker
as $$
  select (
    left(part_lens.object_mark(yacht), 8) || '-' || right(part_lens.object_mark(yacht), 4)
    || '-8' || substr(gen_random_uuid()::text, 16)
  )::uuid
$$;
