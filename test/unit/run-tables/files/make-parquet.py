"""Makes the Parquet files beside this file, with pyarrow 26.0.1: python make-parquet.py"""

import os

import pyarrow
import pyarrow.parquet

folder = os.path.dirname(os.path.abspath(__file__))
table = pyarrow.table(
    {
        "params": pyarrow.array([10_000_000, 1_200_000_000, None, 40_000_000], pyarrow.int64()),
        "tokens": pyarrow.array([1e9, 2.1e10, 1e9, float("nan")], pyarrow.float64()),
        "final_loss": pyarrow.array([3.5, 2.5, 3.0, 2.75], pyarrow.float32()),
        "optimizer": pyarrow.array(["adam", "adam", "sgd", None]).dictionary_encode(),
        "tied": pyarrow.array([True, False, True, True]),
        "started": pyarrow.array([0, 1_700_000_000_000, 1, 2], pyarrow.timestamp("ms")),
        "config": pyarrow.array([{"lr": 0.1, "sizes": [1, 2]}, {"lr": 0.2, "sizes": []}, {"lr": 0.3, "sizes": None}, None]),
    }
)
for compression in ["snappy", "zstd", "gzip", "brotli", "none"]:
    pyarrow.parquet.write_table(table, os.path.join(folder, f"runs-{compression}.parquet"), compression=compression, row_group_size=2)
