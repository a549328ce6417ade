-- Stops writes while a tenant is moved to another database, and in the one that it has left. 55000 is what PostgreSQL
-- says of a database that takes no connections: every version of the API answers it with 503 and Retry-After.
-- No file makes the trigger: the move does, on every table at once.
create or replace function part_lens.refuse_write() returns trigger
language plpgsql volatile security invoker
as $$
begin
  raise exception using
    errcode = '55000',
    message = format('writes_stopped: %s of %s refused, the tenant is moved', lower(tg_op), tg_table_name);
end
$$;
