# shellcheck shell=bash
systemctl enable --now spotmc-worker
