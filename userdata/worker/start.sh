# shellcheck shell=bash
install leave.sh /usr/local/sbin/spotmc-leave
systemctl enable --now spotmc-worker
