-- Brings tenants and yachts up to the config, the only authority: fleet = { tenants: [{ id, name, cluster, host,
-- port, database, movedFrom? }], yachts: [{ id, name, tenant, pilot?, holdOut? }] }. What the config no longer names is
-- retired, not deleted. A yacht's tenant cannot change here (PL009): its rows would stay behind. Nor can a tenant's
-- cluster: see plan_tenant_moves. One at a time: two configs name the same rows in different orders.
create or replace function part_lens.sync_fleet(fleet jsonb) returns jsonb
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  moved text;
begin
  perform pg_advisory_xact_lock(hashtextextended('part_lens.sync_fleet', 0));
  select string_agg(format('%s from %s to %s', known.id, known.tenant, item.tenant), ', ') into moved
    from jsonb_to_recordset(fleet -> 'yachts') as item(id uuid, tenant text)
    join part_lens.yachts known on known.id = item.id and known.tenant <> item.tenant;
  if moved is not null then
    raise exception using errcode = 'PL009', message = 'yacht_moved: ' || moved;
  end if;

  perform part_lens.plan_tenant_moves(fleet -> 'tenants');

  insert into part_lens.tenants as known (id, name, cluster, host, port, database)
    select id, name, cluster, host, port, database
      from jsonb_to_recordset(fleet -> 'tenants')
        as item(id text, name text, cluster text, host text, port integer, database text)
    on conflict (id) do update set name = excluded.name, retired_at = null, updated_at = now();
  -- The address of the same cluster may be another: it was restored, or renamed.
  update part_lens.tenants known set host = item.host, port = item.port, database = item.database
    from jsonb_to_recordset(fleet -> 'tenants')
      as item(id text, cluster text, host text, port integer, database text)
    where known.id = item.id and known.cluster = item.cluster;
  insert into part_lens.yachts as known (id, name, tenant, pilot, hold_out)
    select id, name, tenant, coalesce(pilot, false), coalesce("holdOut", false)
      from jsonb_to_recordset(fleet -> 'yachts')
        as item(id uuid, name text, tenant text, pilot boolean, "holdOut" boolean)
    on conflict (id) do update set name = excluded.name, pilot = excluded.pilot, hold_out = excluded.hold_out,
      retired_at = null, updated_at = now();

  update part_lens.yachts set retired_at = now()
    where retired_at is null and not exists (
      select from jsonb_array_elements(fleet -> 'yachts') item where (item ->> 'id')::uuid = yachts.id
    );
  update part_lens.tenants set retired_at = now()
    where retired_at is null and not exists (
      select from jsonb_array_elements(fleet -> 'tenants') item where item ->> 'id' = tenants.id
    );
  return jsonb_build_object(
    'tenants', (select count(*) from part_lens.tenants where retired_at is null),
    'yachts', (select count(*) from part_lens.yachts where retired_at is null));
end
$$;
