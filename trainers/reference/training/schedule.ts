/** The trainer follows the one definition with which its logged rates are compared. */
export { scheduleFactor } from "../../../analysis/numerics/schedule-factor.ts";
