"""Makes the TensorBoard logs beside this file, with the writer of tensorboardX 2.6.5: python make-tensorboard.py"""

import os
import shutil
import struct

from tensorboardX.event_file_writer import EventsWriter
from tensorboardX.proto.event_pb2 import Event
from tensorboardX.proto.plugin_hparams_pb2 import HParamsPluginData, SessionEndInfo, SessionStartInfo
from tensorboardX.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboardX.proto.tensor_pb2 import TensorProto

folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tensorboard")
shutil.rmtree(folder, ignore_errors=True)


def plugin(name, content):
    return SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name=name, content=content.SerializeToString()))


def write(run, hyperparameters, losses, status=None, style="simple"):
    os.makedirs(os.path.join(folder, run))
    path = os.path.join(folder, run, "events.out.tfevents.1700000000.host")
    writer = EventsWriter(os.path.join(folder, run, "writing"))
    start = SessionStartInfo()
    for name, value in hyperparameters.items():
        if isinstance(value, bool):
            start.hparams[name].bool_value = value
        elif isinstance(value, str):
            start.hparams[name].string_value = value
        else:
            start.hparams[name].number_value = value
    begin = HParamsPluginData(session_start_info=start)
    event = Event(wall_time=1.0, summary=Summary(value=[Summary.Value(tag="_hparams_/session_start_info", metadata=plugin("hparams", begin))]))
    writer.write_event(event)
    for step, loss in losses:
        if style == "simple":
            value = Summary.Value(tag="loss/eval", simple_value=loss)
        elif style == "content":
            tensor = TensorProto(dtype=2, tensor_content=struct.pack("<d", loss))
            value = Summary.Value(tag="loss/eval", tensor=tensor, metadata=SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="scalars")))
        else:
            value = Summary.Value(tag="loss/eval", tensor=TensorProto(dtype=1, float_val=[loss]))
        writer.write_event(Event(wall_time=2.0 + step, step=step, summary=Summary(value=[value])))
    text = Summary.Value(tag="notes", tensor=TensorProto(dtype=7, string_val=[b"a note"]), metadata=SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="text")))
    writer.write_event(Event(wall_time=9.0, summary=Summary(value=[text])))
    if status is not None:
        end = HParamsPluginData(session_end_info=SessionEndInfo(status=status))
        writer.write_event(Event(wall_time=9.0, summary=Summary(value=[Summary.Value(tag="_hparams_/session_end_info", metadata=plugin("hparams", end))])))
    writer.close()
    (written,) = os.listdir(os.path.join(folder, run))
    os.rename(os.path.join(folder, run, written), path)
    return path


sizes = {"params": 1.2e9, "tokens": 2.1e10, "lr": 0.001, "optimizer": "adam", "tied": True}
write("large", sizes, [(100, 4.5), (3_000_000_000, 2.5)], status=1)
write("small/lr-0.01", {**sizes, "params": 1e7, "lr": 0.01}, [(10, 4.0), (20, 3.25)], style="content")
write("small/lr-0.1", {**sizes, "params": 1e7, "lr": 0.1}, [(10, 4.0), (20, float("nan"))], style="list")
write("failed", {**sizes, "params": 2e7}, [(10, 6.0)], status=2)

# Killed while writing: the last record is cut.
path = write("killed", {**sizes, "params": 4e7}, [(10, 3.75), (20, 3.5)])
with open(path, "r+b") as file:
    file.truncate(os.path.getsize(path) - 5)

# A bit of the first record has flipped.
path = write("damaged", {**sizes, "params": 8e7}, [(10, 3.5)])
with open(path, "r+b") as file:
    file.seek(20)
    file.write(bytes([file.read(1)[0] ^ 1]))
