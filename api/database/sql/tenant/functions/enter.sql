-- Takes on the request's scope until the transaction ends; the policies and triggers read these settings.
-- Every function that the API calls does this first: scope and action are one round trip.
create or replace function part_lens.enter(scope jsonb) returns void
language sql volatile security invoker
as $$
  select
    set_config('app.user_id', coalesce(scope ->> 'user_id', ''), true),
    set_config('app.yacht_id', coalesce(scope ->> 'yacht_id', ''), true),
    set_config('app.role', coalesce(scope ->> 'role', ''), true),
    set_config('app.version', coalesce(scope ->> 'version', ''), true),
    set_config('app.request_id', coalesce(scope ->> 'request_id', ''), true)
$$;
