import { describe, expect, test } from "vitest";
import {
  ContractTooEarlyError,
  contracts,
  destructiveKinds,
  idleContracts,
  lateContracts,
  refuseContracts,
} from "../../../api/database/contracts.ts";
import { sqlBundle } from "../../../api/database/sql-bundle.ts";

describe("what a statement takes from code of before", () => {
  test.each([
    ["drop table t", ["drop"]],
    ["alter table t drop column c", ["drop"]],
    ["alter table t drop c, add column d int", ["drop"]],
    ["alter table t alter column c drop default", ["drop"]],
    ["drop function f(int)", ["drop"]],
    ["alter table t rename column a to b", ["rename"]],
    ["alter table t alter c type text using c::text", ["change a type"]],
    ['alter table t alter column "c" set data type bigint', ["change a type"]],
    ["alter table t alter column c set not null", ["demand a value"]],
    ["alter table t add column c int not null", ["demand a value"]],
    ["alter table t add c int not null, add d int not null default 0", ["demand a value"]],
    ["alter table t add constraint k check (c > 0)", ["forbid values"]],
    ["alter table t add unique (c)", ["forbid values"]],
    ["truncate t", ["delete rows"]],
    ["DELETE FROM t", ["delete rows"]],
  ])("%s", (sql, kinds) => {
    expect(destructiveKinds(sql)).toEqual(kinds);
  });

  test.each([
    "create table t (id uuid primary key, c text not null check (c <> ''), drop_shipped boolean not null)",
    "alter table t add column c int, add column d text not null default 'x'",
    "alter table t add column d text default 'x' not null",
    "alter table t alter column c drop not null",
    "drop index i; create index j on t (c)",
    "-- drop table t\n/* truncate t; */ create table u (note text default 'drop table t')",
    "create function f() returns void language plpgsql as $f$ begin delete from t; end $f$",
  ])("is nothing in: %s", (sql) => {
    expect(destructiveKinds(sql)).toEqual([]);
  });
});

describe("the table files of this checkout", () => {
  test("take nothing away without a contract, and no contract stands for nothing", () => {
    for (const kind of ["master", "tenant"] as const) {
      expect(() => refuseContracts(sqlBundle(kind).tables, kind, 999)).not.toThrow();
    }
    const tables = [...sqlBundle("master").tables, ...sqlBundle("tenant").tables];
    expect(tables.filter(({ text }) => destructiveKinds(text).length > 0).map(({ path }) => path)).toEqual(
      Object.keys(contracts),
    );
    expect(idleContracts(tables)).toEqual([]);
    expect(lateContracts()).toEqual([]);
    expect(lateContracts({ "tenant/tables/011_x.sql": { removes: "x", unusedSince: 12 } })).toEqual([
      "tenant/tables/011_x.sql",
    ]);
  });
});

describe("a file that takes something away", () => {
  const file = {
    path: "tenant/tables/012_drop_note.sql",
    text: "alter table t drop column note",
    sha256: "x",
  };
  const declared = { [file.path]: { removes: "the column note", unusedSince: 11 } };

  test("ships once the last known-good code does without it, and not before", () => {
    for (const knownGood of [undefined, 0, 10]) {
      expect(() => refuseContracts([file], "tenant", knownGood, declared)).toThrow(ContractTooEarlyError);
    }
    for (const knownGood of [11, 12]) refuseContracts([file], "tenant", knownGood, declared);
    expect(() => refuseContracts([file], "tenant", 10, declared)).toThrow(
      /012_drop_note.sql removes the column note: .* tenant table file 11 or later, and it was built with 10.*full-100/,
    );
    expect(() => refuseContracts([file], "tenant", undefined, declared)).toThrow(
      "no version is known to be good",
    );
  });

  test("never ships where nothing says what it removes", () => {
    expect(() => refuseContracts([file], "tenant", 999, {})).toThrow(/may drop, and no contract/);
  });

  test("holds back no file that only adds", () => {
    refuseContracts([{ ...file, text: "alter table t add column more text" }], "tenant", undefined, {});
  });
});
