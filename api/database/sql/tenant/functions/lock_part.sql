-- The first lock of every change of a part's stock: one writer of a part at a time, until its transaction ends. Rows
-- alone give no order that lasts: a place that another action adds meanwhile is a row more, and whoever locks again
-- meets it in the wrong turn. To be taken before any stock row is locked; taken again it changes nothing.
create or replace function part_lens.lock_part(part part_lens.pms_parts) returns void
language plpgsql volatile security invoker
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('part_lens.pms_parts/' || part.id, 0));
end
$$;
