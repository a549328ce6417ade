-- The life of an object: registered before its upload, then confirmed or rejected, deleted at the end. Its key is
-- never used again, so an upload URL that outlives its row can overwrite nothing.
-- States are changed by a rewrite of the table: an update by the owner would see no row under forced row security.
alter table part_lens.storage_objects
  drop constraint storage_objects_state_check,
  alter column state type text using
    case state when 'pending' then 'registered' when 'stored' then 'confirmed' else state end,
  alter column state set default 'registered',
  add column part_id uuid,
  add column confirmed_at timestamptz,
  -- When the sweep removed what an upload may have left behind.
  add column swept_at timestamptz;

alter table part_lens.storage_objects
  add check (state in ('registered', 'confirmed', 'rejected', 'deleted')),
  add check (sha256 ~ '^[0-9a-f]{64}$'),
  add check (state <> 'confirmed' or (part_id is not null and sha256 is not null and confirmed_at is not null)),
  add check (part_id is null or starts_with(key, yacht_id || case bucket
    when 'pms-part-photos' then '/parts/' || part_id || '/'
    when 'pms-receiving-images' then '/receiving/' || part_id || '/'
    else '/parts/' || part_id || '/labels/' end)),
  add foreign key (yacht_id, part_id) references part_lens.pms_parts (yacht_id, id);

-- Lists go by time, the sweep by what is not swept.
drop index part_lens.storage_objects_yacht;
create index storage_objects_listed on part_lens.storage_objects (yacht_id, created_at desc, id desc);
create index storage_objects_unswept on part_lens.storage_objects (yacht_id, created_at)
  where swept_at is null and state <> 'confirmed';
