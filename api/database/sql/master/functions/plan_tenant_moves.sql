-- Brings the moves up to the config; part of sync_fleet. A tenant whose database would be another by the config alone is
-- refused (PL013): its rows would stay behind. With movedFrom = { cluster, … }, the place that MASTER knows, it is a
-- planned move, and stays where it is until the move command has copied it. What the config takes back is forgotten;
-- what is under way is not taken back by the config.
create or replace function part_lens.plan_tenant_moves(tenants jsonb) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  refused text;
begin
  select string_agg(format('%s is on %s and the config says %s', known.id, known.cluster, item.cluster), '; ')
    into refused
    from jsonb_to_recordset(plan_tenant_moves.tenants) as item(id text, cluster text, "movedFrom" jsonb)
    join part_lens.tenants known on known.id = item.id and known.cluster <> item.cluster
    where known.cluster is distinct from item."movedFrom" ->> 'cluster';
  select concat_ws('; ', refused, string_agg(format('%s is being moved to %s and the config says %s', move.tenant,
      move.to_cluster, coalesce(item.cluster, 'nothing')), '; ')) into refused
    from part_lens.tenant_moves move
    left join jsonb_to_recordset(plan_tenant_moves.tenants) as item(id text, cluster text) on item.id = move.tenant
    where move.state in ('moving', 'switched') and move.to_cluster is distinct from item.cluster;
  if refused <> '' then
    raise exception using errcode = 'PL013', message = 'tenant_moved: ' || refused;
  end if;

  insert into part_lens.tenant_moves as move (tenant, from_cluster, from_host, from_port, from_database,
      to_cluster, to_host, to_port, to_database)
    select known.id, known.cluster, known.host, known.port, known.database, item.cluster, item.host, item.port,
        item.database
      from jsonb_to_recordset(plan_tenant_moves.tenants)
        as item(id text, cluster text, host text, port integer, database text)
      join part_lens.tenants known on known.id = item.id and known.cluster <> item.cluster
    on conflict (tenant) do update set state = 'planned', from_cluster = excluded.from_cluster,
      from_host = excluded.from_host, from_port = excluded.from_port, from_database = excluded.from_database,
      to_cluster = excluded.to_cluster, to_host = excluded.to_host, to_port = excluded.to_port,
      to_database = excluded.to_database, changed_at = now()
      where move.state in ('planned', 'moved');
  delete from part_lens.tenant_moves move where move.state in ('planned', 'moved') and not exists (
    select from jsonb_to_recordset(plan_tenant_moves.tenants) as item(id text, cluster text, "movedFrom" jsonb)
      where item.id = move.tenant and item.cluster = move.to_cluster
        and item."movedFrom" ->> 'cluster' = move.from_cluster
  );
end
$$;
