-- Takes the idempotency key, if the scope has one. A concurrent action with the same key waits here until the first
-- one has ended, and then meets its result; if the first failed, the key is free again.
create or replace function part_lens.begin_action(scope jsonb, action_name text) returns void
language plpgsql volatile security invoker
as $$
begin
  if coalesce(scope ->> 'idempotency_key', '') = '' then
    return;
  end if;
  insert into part_lens.pms_idempotency_keys (yacht_id, key, actor, action, payload_sha256)
    values (
      (scope ->> 'yacht_id')::uuid, scope ->> 'idempotency_key', (scope ->> 'user_id')::uuid, action_name,
      coalesce(scope ->> 'payload_sha256', '')
    )
    on conflict do nothing;
  if not found then
    perform part_lens.check_key(scope, action_name);
  end if;
end
$$;
