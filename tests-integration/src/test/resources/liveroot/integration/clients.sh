# Eight clients at work in one union at a time, each of which judges what it reads. In the directory of a case.
# $1: seconds, $2: directory of fsx.py, $3: a tree to copy. Exit status 0 if all of them were content.
set -u
seconds=$1 tools=$2 source=$3
end=$((SECONDS + seconds))
export HOME=$PWD GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
rounds() { # runs a function in a directory of its own until the time is over
  local name=$1 count=0
  mkdir "$name.d" || return 1
  while ((SECONDS < end)); do
    (set -eu; cd "$name.d"; "$name") || { echo "$name: failed in round $count" >&2; return 1; }
    count=$((count + 1))
  done
  rm -r "$name.d" || return 1
  echo "$name: $count rounds"
}
tars() {
  tar --xattrs --sparse --exclude=sock -C "$source" -cf t.tar .; mkdir t; tar --xattrs --sparse -xpf t.tar -C t --warning=no-timestamp
  # diff says of special files that it cannot tell whether they are alike.
  diff -r -x sock --no-dereference t "$source" | grep -v -e 'is a fifo' -e 'special file' | grep . && return 1
  mv t u; rm -r u t.tar
}
copies() {
  mkdir c; rsync -aHX --exclude=sock --exclude=socket "$source/" c/
  test -z "$(rsync -aHXcn --exclude=sock --exclude=socket --itemize-changes --delete "$source/" c/)"; rm -r c
}
bases() {
  rm -f db*; sqlite3 db 'pragma journal_mode=wal; create table t(a integer primary key, b text); create index i on t(b)' > /dev/null
  for i in 1 2 3 4 5; do sqlite3 db 'with recursive n(x) as (values(1) union all select x+1 from n where x<200) insert into t(b) select hex(randomblob(60)) from n'; done
  sqlite3 db 'delete from t where a % 3 = 0; vacuum'; test "$(sqlite3 db 'pragma integrity_check; select count(*) from t' | tr '\n' ' ')" = 'ok 667 '
}
histories() {
  git init -q r; cd r; for i in {1..60}; do echo "$i $RANDOM" > f$i; done; git add .; git commit -qm 1
  for i in {1..60..5}; do git mv f$i g$i; done; git commit -qm 2; git gc -q; git fsck --strict 2> /dev/null; test -z "$(git status --porcelain)"; cd ..; rm -rf r
}
names() {
  mkdir n; for i in {1..200}; do echo $i > n/$i; done; mv n m; for i in {1..200..3}; do mv m/$i m/x$i; ln m/x$i m/$i; done
  test "$(cat m/{1..200} | cksum)" = "$(seq 200 | cksum)"; rm m/x*; test "$(ls m | wc -l)" = 200; rm -r m
}
blocks() {
  fio --name=v --filename=v --rw=randwrite --bs=4k --size=2m --verify=crc32c --verify_fatal=1 --output-format=terse > /dev/null; rm v
}
/usr/bin/python3 "$tools/fsx.py" big --seconds "$seconds" --seed 1 & jobs="$!"
/usr/bin/python3 "$tools/fsx.py" other --seconds "$seconds" --seed 2 & jobs="$jobs $!"
for client in tars copies bases histories names blocks; do rounds $client & jobs="$jobs $!"; done
status=0
for job in $jobs; do wait "$job" || status=1; done
exit $status
