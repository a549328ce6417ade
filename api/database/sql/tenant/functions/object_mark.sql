-- What the ids of a yacht's objects begin with: 48 bits of a hash of the yacht's id. It grants nothing; it lets an
-- id that is not found be answered as a foreign one (403) or an unknown one (404) without looking past the policies.
create or replace function part_lens.object_mark(yacht uuid) returns text
language sql immutable security invoker
as $$
  select left(encode(sha256(convert_to(yacht::text, 'UTF8')), 'hex'), 12)
$$;
