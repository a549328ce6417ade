-- Signed: without verified evidence in the scope nothing happens (PL007).
create or replace function part_lens.v2_adjust_stock_quantity(scope jsonb, payload jsonb) returns jsonb
language plpgsql volatile security invoker
as $$
begin
  perform part_lens.enter(scope);
  perform part_lens.require_evidence(scope);
  return part_lens.adjust(scope, payload);
end
$$;
