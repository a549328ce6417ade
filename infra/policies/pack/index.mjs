/**
 * What the engine loads. Plain JavaScript, because Pulumi puts ts-node in charge of a policy pack that is TypeScript;
 * what this one imports is TypeScript all the same, and Node 24 strips its types, as it does the program's.
 */
import { PolicyPack } from "@pulumi/policy";
import { policies } from "./policies.ts";

new PolicyPack("part-lens", { enforcementLevel: "mandatory", policies });
