#!/bin/sh
# Installs a lab on the gateway: sh install.sh, as root, from the directory `gateway` that `publish-plan compile` wrote. For Debian 12 and
# 13, and Ubuntu 24.04. It runs nothing of that directory but itself, follows no link in it, and reads every file before it installs one:
# a file with any other line than those that publish-plan writes is refused. So this is the one file to compare with the one of
# publish-plan that you trust; the digests below say which `sign` and `sign.cgi` belong to it.
#
# If a step fails, every file, module, and account is put back. The exit code is 1 then, and 2 if nothing was changed because of what
# was found. `--check` changes nothing: it exits with 0 if everything is installed, and with 1 if not.
LC_ALL=C
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
unset APACHE_CONFDIR APACHE_ENVVARS APACHE_ARGUMENTS APACHE_HTTPD APACHE_ULIMIT_MAX_FILES APACHE_STARTED_BY_SYSTEMD CDPATH TMPDIR
set -eu
umask 077

# A lower release than the installed one is refused. It grows with every change of what is installed.
release=1
sign_sha256=ed36a61623d617036eaf6292c3fb138faa1baf60b78630367aea027732710e88
sign_cgi_sha256=3ca64363d9b6fce6311bb14d627d8f7a8d89701e59cd68dbc19808eb54ad399f

ca_account=publish-plan-ca
apache=/etc/apache2/publish-plan
site=/etc/apache2/sites-available/publish-plan.conf
keys=/etc/ssh/publish-plan
krl=$keys/revoked
settings=/etc/publish-plan
unfinished=$settings/unfinished
penalties=/etc/ssh/sshd_config.d/40-publish-plan-penalties.conf
tab=$(printf '\t')
mode=install person='' replaces='' replaces_lab='' relaxes='' changing='' stage='' differs='' would=''
apache_change='' apache_again='' apache_why='' sshd_change='' apache_was_told='' sshd_was_told=''
was_killed='' origin_port=''

usage='usage: sh install.sh [--help | --check | --remove | --revoke ADDRESS | --unrevoke ADDRESS] [--replace-lab] [--replace-gateway] [--relax-penalties]'
