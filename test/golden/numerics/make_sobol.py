"""Makes sobol.json: points of scipy.stats.qmc.Sobol without scrambling, to compare analysis/numerics/sobol.ts with.

    pip install scipy
    python make_sobol.py            # writes sobol.json beside this file
    python make_sobol.py --table    # prints the entries of analysis/numerics/sobol-directions.ts

Coordinates are stored as integers, times 2^32.
"""

import json
import pathlib
import sys

import numpy
import scipy
from scipy.stats import _sobol, qmc

DIMENSIONS = 128
INDICES = [*range(33), 63, 64, 127, 255, 511, 1000, 1023]


def main():
    if "--table" in sys.argv:
        numbers = numpy.load(pathlib.Path(_sobol.__file__).with_name("_sobol_direction_numbers.npz"))
        for polynomial, initial in zip(numbers["poly"][1:DIMENSIONS], numbers["vinit"][1:DIMENSIONS]):
            degree = int(polynomial).bit_length() - 1
            print(f'  "{polynomial} {" ".join(str(number) for number in initial[:degree])}",')
        return
    points = qmc.Sobol(DIMENSIONS, scramble=False, bits=32).random(1024)
    scaled = [[int(value) for value in points[index] * 2.0**32] for index in INDICES]
    golden = {"scipy": scipy.__version__, "indices": INDICES, "points": scaled}
    pathlib.Path(__file__).with_name("sobol.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


main()
