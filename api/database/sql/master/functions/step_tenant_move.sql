-- Takes a tenant's move one step on or back, and what the requests are routed by with it, in one transaction. PL013 when
-- the move is not where the caller believes it is: somebody else has taken it on.
create or replace function part_lens.step_tenant_move(tenant text, was text, becomes text) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  if (was, becomes) not in (('planned', 'moving'), ('moving', 'switched'), ('switched', 'moved'),
      ('moving', 'planned'), ('switched', 'planned')) then
    raise exception using errcode = 'PL013', message = format('tenant_move: no step from %s to %s', was, becomes);
  end if;
  update part_lens.tenant_moves move set state = becomes, changed_at = clock_timestamp()
    where move.tenant = step_tenant_move.tenant and move.state = was;
  if not found then
    raise exception using errcode = 'PL013', message = format('tenant_move: %s is not %s', tenant, was);
  end if;
  if becomes = 'switched' then
    update part_lens.tenants known set cluster = move.to_cluster, host = move.to_host, port = move.to_port,
        database = move.to_database, updated_at = now()
      from part_lens.tenant_moves move where known.id = move.tenant and move.tenant = step_tenant_move.tenant;
  elsif was = 'switched' and becomes = 'planned' then
    update part_lens.tenants known set cluster = move.from_cluster, host = move.from_host, port = move.from_port,
        database = move.from_database, updated_at = now()
      from part_lens.tenant_moves move where known.id = move.tenant and move.tenant = step_tenant_move.tenant;
  end if;
end
$$;
