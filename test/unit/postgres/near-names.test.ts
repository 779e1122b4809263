import { describe, expect, it } from "vitest";
import { nearestNames } from "../../../infra/near-names.ts";

describe("names near to a misspelt one", () => {
  const names = ["width-transfer", "depth-transfer", "batch-size", "width"];

  it("are those a few letters away or part of it, the nearest first", () => {
    expect(nearestNames("widht-transfer", names)).toEqual(["width-transfer"]);
    expect(nearestNames("Width", names)).toEqual(["width", "width-transfer"]);
    expect(nearestNames("batchsize", names)).toEqual(["batch-size"]);
  });

  it("are none when nothing is near", () => {
    expect(nearestNames("zebra-crossing", names)).toEqual([]);
    expect(nearestNames("", [])).toEqual([]);
  });

  it("are three at most", () => {
    expect(nearestNames("run", ["run-1", "run-2", "run-3", "run-4"])).toEqual(["run-1", "run-2", "run-3"]);
  });
});
