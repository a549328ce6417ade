-- Refuses an idempotency key that was used before: PL004 with the first result for the same action and payload,
-- PL005 for another one. Does nothing when the scope has no key or the key is new.
create or replace function part_lens.check_key(scope jsonb, action_name text) returns void
language plpgsql volatile security invoker
as $$
declare
  earlier part_lens.pms_idempotency_keys;
begin
  select * into earlier from part_lens.pms_idempotency_keys
    where yacht_id = (scope ->> 'yacht_id')::uuid and key = scope ->> 'idempotency_key';
  if not found then
    return;
  elsif earlier.action = action_name and earlier.payload_sha256 = coalesce(scope ->> 'payload_sha256', '') then
    raise exception using
      errcode = 'PL004', message = 'duplicate_idempotency_key', detail = earlier.result::text;
  else
    raise exception using errcode = 'PL005', message = 'idempotency_key_reused';
  end if;
end
$$;
