import { escaped, type Schema, schemaMarkup } from "./schema-markup.ts";

/** What the page reads of an OpenAPI document. */
export interface Described {
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
}

interface Content {
  readonly "application/json": { readonly schema: Schema };
}

interface DescribedOperation {
  readonly tags: readonly string[];
  readonly summary: string;
  readonly security?: unknown;
  readonly parameters: readonly { name: string; in: string; required: boolean; schema: Schema }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content: Content }>>;
}

const tags = {
  v2: "Version 2",
  lens: "The lens: the version that is on for the yacht",
  v1: "Version 1",
  storage: "Photos, papers and label PDFs",
  signers: "Your signature",
  service: "The service itself",
} as const;

const style = `
:root { color-scheme: light dark; --line: #8884; --soft: #8882; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2.5rem; } h4 { margin: 1rem 0 0.25rem; }
code { font: 0.9em ui-monospace, monospace; overflow-wrap: anywhere; }
details { border: 1px solid var(--line); border-radius: 6px; padding: 0.4rem 0.8rem; margin: 0.4rem 0; }
summary { cursor: pointer; } summary b { display: inline-block; min-width: 4.5em; }
ul { padding-left: 1.2rem; margin: 0.25rem 0; } i { opacity: 0.75; }
.status { background: var(--soft); border-radius: 4px; padding: 0 0.4em; }
`;

/** The document as one page of HTML that loads nothing and runs no script. */
export function docsPage(document: Described): string {
  const { title, version, description } = document.info;
  const sections = Object.entries(tags).map(([tag, heading]) => section(document, tag, heading));
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(title)} API</title><style>${style}</style></head>
<body><h1>${escaped(title)} API <small>${escaped(version)}</small></h1>
<p>${coded(description)}</p>
<p>The same as <a href="openapi.json">OpenAPI 3.1</a>.</p>
${sections.join("\n")}</body></html>
`;
}

function section({ paths }: Described, tag: string, heading: string): string {
  const found = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => operation.tags.includes(tag))
      .map(([method, operation]) => operationMarkup(method, path, operation)),
  );
  return found.length === 0 ? "" : `<h2>${escaped(heading)}</h2>${found.join("")}`;
}

function operationMarkup(method: string, path: string, operation: DescribedOperation): string {
  const body = operation.requestBody?.content["application/json"].schema;
  return `<details><summary><b>${method.toUpperCase()}</b> <code>${escaped(path)}</code> ${escaped(operation.summary)}</summary>
${operation.security ? "<p>Needs a bearer token.</p>" : ""}
${operation.parameters.length > 0 ? `<h4>Parameters</h4>${schemaMarkup(parametersAsSchema(operation))}` : ""}
${body ? `<h4>Body</h4>${schemaMarkup(body)}` : ""}
<h4>Answers</h4>${Object.entries(operation.responses).map(responseMarkup).join("")}</details>`;
}

function parametersAsSchema({ parameters }: DescribedOperation): Schema {
  return {
    properties: Object.fromEntries(
      parameters.map((parameter) => [`${parameter.name} (${parameter.in})`, parameter.schema]),
    ),
    required: parameters.filter(({ required }) => required).map((each) => `${each.name} (${each.in})`),
  };
}

function responseMarkup([status, response]: [string, DescribedOperation["responses"][string]]): string {
  const head = `<p><span class="status">${status}</span></p>`;
  if (status === "200") return head + schemaMarkup(response.content["application/json"].schema);
  const codes = response.description.split("\n").map((line) => `<li>${coded(line.replace(/^- /, ""))}</li>`);
  return `${head}<ul>${codes.join("")}</ul>`;
}

// `code` of the descriptions' Markdown.
function coded(line: string): string {
  return escaped(line).replace(/`([^`]+)`/g, "<code>$1</code>");
}
