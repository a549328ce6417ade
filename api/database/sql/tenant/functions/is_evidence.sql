-- Does an audit row's signature say how, when, by which role and for which payload it was verified?
create or replace function part_lens.is_evidence(signature jsonb) returns boolean
language sql immutable security invoker
as $$
  select coalesce(
    signature ->> 'method' = 'pin+totp'
    and jsonb_typeof(signature -> 'step') = 'number'
    and signature ->> 'verified_at' <> ''
    and signature ->> 'role' <> ''
    and signature ->> 'payload_sha256' ~ '^[0-9a-f]{64}$',
    false)
$$;
