-- The row comes first, the signed URL second: who does not see the row gets no URL.
create table part_lens.storage_objects (
  id uuid primary key default gen_random_uuid(),
  yacht_id uuid not null,
  bucket text not null check (bucket in ('pms-part-photos', 'pms-receiving-images', 'pms-label-pdfs')),
  key text not null,
  size_bytes bigint not null check (size_bytes > 0),
  mime_type text not null,
  sha256 text,
  state text not null default 'pending' check (state in ('pending', 'stored', 'deleted')),
  created_by uuid not null,
  created_at timestamptz not null default now(),
  check (starts_with(key, yacht_id::text || '/')),
  unique (bucket, key)
);

create index storage_objects_yacht on part_lens.storage_objects (yacht_id);
