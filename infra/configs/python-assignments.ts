import type { SyntaxNode } from "@lezer/common";
import { parser } from "@lezer/python";
import type { Problem } from "../../analysis/study/ladder-error.ts";

/** `name = value` as a statement of its own at the top level: what can be read and replaced safely. */
export interface PythonAssignment {
  readonly name: string;
  readonly line: number;
  /** Offsets of the value expression. */
  readonly from: number;
  readonly to: number;
  /** Its text. */
  readonly value: string;
  /** What it evaluates to; undefined when that takes more than arithmetic on numbers and earlier names. */
  readonly constant: number | boolean | undefined;
}

export interface PythonModule {
  /** Safe assignments in the order of the file. */
  readonly assignments: readonly PythonAssignment[];
  /** Everything else that gives a name a value, or may: the name (`*` for a star import) and where. */
  readonly otherBindings: readonly { readonly name: string; readonly line: number; readonly how: string }[];
  /** Texts that are no Python, and calls that may set any name. */
  readonly problems: readonly Problem[];
  /** Offset of the end of the last safe assignment; undefined when there is none. */
  readonly lastAssignmentEnd: number | undefined;
}

/** Reads a Python file's top-level assignments from its syntax tree; never throws and never runs it. */
export function readPython(text: string): PythonModule {
  const assignments: PythonAssignment[] = [];
  const otherBindings: { name: string; line: number; how: string }[] = [];
  const problems: Problem[] = [];
  const constants = new Map<string, number | boolean>();
  const lineOf = lineCounter(text);
  const textOf = (node: SyntaxNode) => text.slice(node.from, node.to);
  let lastAssignmentEnd: number | undefined;

  parser.parse(text).iterate({
    enter(reference) {
      const node = reference.node;
      const line = lineOf(node.from);
      if (reference.type.isError) problems.push({ path: `line ${line}`, message: "this is no Python that can be read" });
      if (node.name === "CallExpression" && node.firstChild !== null && ["exec", "setattr"].includes(textOf(node.firstChild)))
        problems.push({ path: `line ${line}`, message: `${textOf(node.firstChild)} may set any name, so no value can be relied on` });
      if (node.name === "AssignStatement" && isTopLevel(node)) {
        const simple = simpleParts(node);
        if (simple !== undefined) {
          const name = textOf(simple.target);
          const constant = evaluate(simple.value, textOf, constants);
          if (constant === undefined) constants.delete(name);
          else constants.set(name, constant);
          assignments.push({ name, line, from: simple.value.from, to: simple.value.to, value: textOf(simple.value), constant });
          lastAssignmentEnd = node.to;
          return;
        }
      }
      for (const { variable, how } of boundNames(node)) otherBindings.push({ name: textOf(variable), line: lineOf(variable.from), how });
    },
  });
  return { assignments, otherBindings, problems, lastAssignmentEnd };
}

/** 1-based line of an offset. */
export function lineCounter(text: string): (offset: number) => number {
  const starts = [0];
  for (let index = text.indexOf("\n"); index !== -1; index = text.indexOf("\n", index + 1)) starts.push(index + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}

function isTopLevel(node: SyntaxNode): boolean {
  const parent = node.parent;
  return parent?.name === "Script" || (parent?.name === "StatementGroup" && parent.parent?.name === "Script");
}

/** Target and value of `name = value` or `name: type = value`; undefined for chains, tuples and subscripts. */
function simpleParts(statement: SyntaxNode): { readonly target: SyntaxNode; readonly value: SyntaxNode } | undefined {
  const [target, ...rest] = childrenOf(statement).filter((child) => child.name !== "TypeDef" && child.name !== "Comment");
  const [operator, value, ...more] = rest;
  return target?.name === "VariableName" && operator?.name === "AssignOp" && value !== undefined && more.length === 0
    ? { target, value }
    : undefined;
}

/** Names that a node binds in another way than by a simple top-level assignment. */
function boundNames(node: SyntaxNode): readonly { readonly variable: SyntaxNode; readonly how: string }[] {
  const children = childrenOf(node);
  const named = (variables: readonly SyntaxNode[], how: string) => variables.map((variable) => ({ variable, how }));
  switch (node.name) {
    case "AssignStatement": {
      const lastOperator = children.map((child) => child.name).lastIndexOf("AssignOp");
      const targets = children.slice(0, Math.max(0, lastOperator)).flatMap(variablesIn);
      return named(targets, isTopLevel(node) ? "assigned together with other names" : "assigned inside a block");
    }
    case "UpdateStatement":
      return named(children.slice(0, 1).flatMap(variablesIn), "changed in place");
    case "ForStatement":
      return named(
        children
          .slice(
            0,
            children.findIndex((child) => child.name === "in"),
          )
          .flatMap(variablesIn),
        "a loop variable",
      );
    case "NamedExpression":
      return named(children.slice(0, 1).flatMap(variablesIn), "assigned by :=");
    case "DeleteStatement":
      return named(children.flatMap(variablesIn), "deleted");
    case "ScopeStatement":
      return named(children.flatMap(variablesIn), "set from inside a function");
    case "ImportStatement":
      return [
        ...named(children.flatMap(variablesIn), "imported"),
        ...named(
          children.filter((child) => child.name === "*"),
          "perhaps imported",
        ),
      ];
    case "ArgList":
      return named(
        children.filter(
          (child, index) => child.name === "VariableName" && children[index + 1]?.name === "AssignOp" && isWalrus(children[index + 1]),
        ),
        "assigned by :=",
      );
    case "CapturePattern":
      return named(children.flatMap(variablesIn), "matched by a pattern");
    case "FunctionDefinition":
    case "ClassDefinition":
      return named(
        children.filter((child) => child.name === "VariableName"),
        "a function or class",
      );
    case "TypeDefinition":
      return named(children.filter((child) => child.name === "VariableName").slice(0, 1), "a type");
    case "AsPattern":
    case "WithStatement":
    case "TryStatement":
      return named(
        children.filter((child, index) => child.name === "VariableName" && children[index - 1]?.name === "as"),
        "bound by `as`",
      );
    default:
      return [];
  }
}

/** `:=` is two characters; `=` of a keyword argument is one. */
function isWalrus(operator: SyntaxNode | undefined): boolean {
  return operator !== undefined && operator.to - operator.from === 2;
}

function variablesIn(node: SyntaxNode): readonly SyntaxNode[] {
  return node.name === "VariableName" ? [node] : childrenOf(node).flatMap(variablesIn);
}

function childrenOf(node: SyntaxNode): readonly SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) children.push(child);
  return children;
}

/** Numbers, booleans, + - * / // on them, and names assigned before. */
function evaluate(
  node: SyntaxNode,
  textOf: (node: SyntaxNode) => string,
  constants: ReadonlyMap<string, number | boolean>,
): number | boolean | undefined {
  const children = childrenOf(node).filter((child) => child.name !== "Comment");
  const numberOf = (child: SyntaxNode | undefined) => {
    const value = child === undefined ? undefined : evaluate(child, textOf, constants);
    return typeof value === "number" ? value : undefined;
  };
  switch (node.name) {
    case "Number": {
      const value = Number(textOf(node).replaceAll("_", ""));
      return Number.isNaN(value) ? undefined : value;
    }
    case "Boolean":
      return textOf(node) === "True";
    case "VariableName":
      return constants.get(textOf(node));
    case "ParenthesizedExpression":
      return children.length === 3 && children[1] !== undefined ? evaluate(children[1], textOf, constants) : undefined;
    case "UnaryExpression": {
      const value = numberOf(children[1]);
      const sign = children[0] === undefined ? "" : textOf(children[0]);
      return value === undefined ? undefined : sign === "-" ? -value : sign === "+" ? value : undefined;
    }
    case "BinaryExpression": {
      const left = numberOf(children[0]);
      const right = numberOf(children[2]);
      if (left === undefined || right === undefined || children[1] === undefined) return undefined;
      const operator = textOf(children[1]);
      if (operator === "+") return left + right;
      if (operator === "-") return left - right;
      if (operator === "*") return left * right;
      if (operator === "/" && right !== 0) return left / right;
      if (operator === "//" && right !== 0) return Math.floor(left / right);
      return undefined;
    }
    default:
      return undefined;
  }
}
