-- Refuses a signed action whose signature was not verified for this very payload (PL007).
create or replace function part_lens.require_evidence(scope jsonb) returns void
language plpgsql volatile security invoker
as $$
begin
  if not part_lens.is_evidence(scope -> 'signature')
    or scope #>> '{signature,payload_sha256}' is distinct from
       coalesce(scope ->> 'payload_sha256', scope #>> '{signature,payload_sha256}')
  then
    raise exception using errcode = 'PL007', message = 'unsigned';
  end if;
end
$$;
