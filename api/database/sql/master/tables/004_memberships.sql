create table part_lens.memberships (
  user_id uuid not null references part_lens.users (id),
  yacht_id uuid not null references part_lens.yachts (id),
  role text not null check (role in (
    'crew', 'deckhand', 'steward', 'bosun', 'eto', 'purser', 'chief_officer', 'chief_engineer', 'captain', 'manager'
  )),
  updated_at timestamptz not null default now(),
  primary key (user_id, yacht_id)
);
