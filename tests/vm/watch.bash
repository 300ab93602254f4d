# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# What a kernel without KASAN is told to watch (sourced): $watch, words for its command line.

# the memory of packets, conntracks and of the module: poisoning and red zones, KFENCE where
# the kernel has it
# shellcheck disable=SC2034 # it is for who sources this
watch='slub_debug=FZP,nf_conntrack*,kmalloc*,skbuff* kfence.sample_interval=100'
