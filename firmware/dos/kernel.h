/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FIRMWARE_DOS_KERNEL_H
#define FIRMWARE_DOS_KERNEL_H

/* What the kernel's files give each other, by file.  Functions that return unsigned return an enum
 * error; sys_xxx() are INT 21h functions, with the caller's registers in R. */

/* ---- low.asm, text.asm, devices.asm ---- */

struct program_start;
extern uint16_t text_seg, driver_id;
extern uint32_t request_ptr;
extern uint8_t boot_drive, text_wanted, break_pressed;
extern struct hostdos_request idle_request;
extern struct device_header con_header, clock_header, block_header, last_header;
extern const char bss_end[], text_end[];
void int0_entry(void), int1b_entry(void), int20_entry(void), int21_entry(void);
void int23_default(void), int24_default(void), int25_entry(void), int26_entry(void);
void int27_entry(void), int_iret(void), int29_entry(void), int2a_entry(void);
void int2e_entry(void), int2f_entry(void), cpm_entry(void);
void xms_entry(void), case_map(void), crt_divide(void);
void driver_strategy(void), nul_entry(void);
__attribute__((noreturn)) void return_to_user(void);
__attribute__((noreturn)) void start_program(const struct program_start *start);
__attribute__((noreturn)) void ctrl_break_raise(void);
/* An interrupt with registers; `word` lies on the stack above its frame. */
void call_int(unsigned n, struct int_regs *r, unsigned word);
void call_far(uint32_t target, struct int_regs *r);
void call_driver(uint32_t header, uint32_t request);
unsigned call_int24(const struct int_regs *r);
/* Goes on in the copy of the code that lies at that segment. */
void move_text(unsigned segment);

/* ---- int21.c ---- */

void dispatch(void);

/* ---- error.c ---- */

enum { CRITICAL_FAIL = 8, CRITICAL_RETRY = 0x10, CRITICAL_IGNORE = 0x20, CRITICAL_ALL = 0x38 };
enum critical { CRITICAL_FAILED, CRITICAL_AGAIN, CRITICAL_GO_ON };
void error_remember(unsigned code);
void error_set_all(uint32_t list);
enum critical critical_error(uint8_t flags, uint8_t drive, uint8_t code, uint32_t device);
unsigned sys_get_error(void);

/* ---- memory.c ---- */

extern uint8_t memory_strategy;
unsigned memory_allocate(uint16_t size, uint16_t *segment, uint16_t *largest);
unsigned memory_free(uint16_t segment);
unsigned memory_resize(uint16_t segment, uint16_t size, uint16_t *largest);
void memory_set_owner(uint16_t segment, uint16_t owner);
void memory_set_name(uint16_t segment, const char *name);
void memory_free_owner(uint16_t owner);
void memory_add_umb(uint16_t segment, uint16_t end);
bool memory_link_umb(bool on);
bool memory_umb_linked(void);
unsigned sys_allocate(void), sys_free(void), sys_resize(void), sys_strategy(void);

/* ---- process.c, exec.c, setver.c ---- */

void psp_init(uint16_t segment, uint16_t end);
void psp_inherit(uint16_t child);
__attribute__((noreturn)) void terminate(unsigned type, unsigned code);
unsigned sys_exit(void), sys_exit_old(void), sys_stay_resident(void), sys_return_code(void);
unsigned sys_create_psp(void), sys_child_psp(void), sys_set_psp(void), sys_get_psp(void);
unsigned sys_set_vector(void), sys_get_vector(void);
unsigned sys_exec(void);
extern uint16_t version_override;
/* The version that a program is told, by its name. */
void set_program_version(uint16_t psp, uint32_t name);
void setver_add(const char *name, uint8_t major, uint8_t minor);

/* ---- host.c ---- */

extern uint8_t host_drives[DRIVES];
struct hostdos_request *host_prepare(uint8_t op);
unsigned host_call(void);
uint8_t host_drive(void);
void host_idle(unsigned reason);
void host_print_end(uint16_t port);
bool host_clock(struct hostdos_clock *clock, bool set);
unsigned host_nls(unsigned table, unsigned page, unsigned country, void *to, unsigned size);
bool host_hello(struct hostdos_hello *hello, uint16_t page);
bool host_set_code_page(uint16_t page);
bool host_startup(char *command, unsigned size);
void host_exit(uint16_t code);

/* ---- device.c, drivers.c, disk.c ---- */

uint16_t device_attributes(uint32_t header);
uint32_t device_find(const char *name);
uint16_t device_command(uint32_t header, uint8_t command);
int device_peek(uint32_t header);
unsigned device_transfer(uint32_t header, uint8_t command, uint32_t buffer, uint16_t *count);
uint16_t device_generic(uint32_t header, uint8_t unit, uint8_t command, uint8_t category,
                        uint8_t function, uint32_t data);
uint16_t device_info(uint32_t header);
void driver_request(struct c_frame *f);
/* Takes printers out of the reset that power-on leaves them in: until then they take nothing. */
void printers_init(void);
uint16_t disk_request(struct device_request *q);
unsigned disk_init(void);
uint32_t disk_bpb(unsigned unit);
bool disk_is_floppy(unsigned unit);

/* ---- console.c ---- */

extern uint8_t console_column;
void check_break(void);
void console_put(uint8_t c);
void console_put_device(uint32_t header, uint8_t c);
void console_text(const char *text);
void console_read_cooked(struct sft *s, uint32_t to, uint16_t count, uint16_t *done);
unsigned sys_read_echo(void), sys_write_char(void), sys_read_aux(void), sys_write_aux(void);
unsigned sys_write_printer(void), sys_direct(void), sys_read_raw(void), sys_read_quiet(void);
unsigned sys_write_string(void), sys_read_line(void), sys_input_status(void);
unsigned sys_flush_and_read(void);

/* ---- path.c ---- */

enum { PATH_WILD = 1, PATH_DIRECTORY = 2 };
extern struct cds *cds_table;
uint8_t upper(uint8_t c);
bool name_char(uint8_t c);
bool drive_exists(uint8_t drive);
struct cds *cds_of(uint8_t drive);
struct cds *cds_of_call(uint8_t drive);
struct cds *cds_behind(struct cds *c);
bool is_network(const struct cds *c);
/* A caller's path to a canonical one; sets sda.current_cds, and sda.device for a device's name. */
unsigned path_resolve(uint32_t from, char *out, unsigned flags);
unsigned path_resolve_near(char *name, char *out, unsigned flags);
struct cds *path_cds(void);
const char *path_last(const char *path);
uint32_t device_of(const char *name);
void name_to_fcb(const char *name, char *fcb);
void name_from_fcb(const char *fcb, char *name);
bool name_matches(const char *pattern, const char *name);
bool has_wildcards(const char *path);
unsigned sys_select_drive(void), sys_get_drive(void), sys_get_directory(void);
unsigned sys_change_directory(void), sys_truename(void);

/* ---- handle.c ---- */

enum create { CREATE_REPLACE, CREATE_NEW, CREATE_KEEP };
bool jft_place(uint16_t psp, uint16_t handle, uint32_t *at);
struct sft *sft_at(unsigned index);
unsigned sft_index(const struct sft *s);
unsigned sft_allocate(struct sft **out);
void sft_drop(struct sft *s);
bool sft_duplicate(struct sft *s);
unsigned sft_open(struct sft *s, uint16_t mode);
unsigned sft_create(struct sft *s, uint16_t mode, uint8_t attr, enum create how, uint16_t *action);
unsigned sft_close(struct sft *s);
unsigned sft_read(struct sft *s, uint32_t to, uint16_t count, uint16_t *done);
unsigned sft_write(struct sft *s, uint32_t from, uint16_t count, uint16_t *done);
unsigned handle_sft(uint16_t handle, struct sft **s);
unsigned handle_open(uint32_t name, uint16_t mode);
unsigned handle_create(uint32_t name, uint16_t mode, uint8_t attr, enum create how,
                       uint16_t *action);
unsigned handle_close(uint16_t handle);
unsigned sys_close(void), sys_duplicate(void), sys_force_duplicate(void);
unsigned sys_set_handle_count(void);

/* ---- file.c, find.c, fcb.c, ioctl.c, lfn.c ---- */

unsigned sys_open(void), sys_create(void), sys_create_new(void), sys_create_temporary(void);
unsigned sys_extended_open(void), sys_read(void), sys_write(void), sys_seek(void);
unsigned sys_delete(void), sys_rename(void), sys_attributes(void), sys_make_directory(void);
unsigned sys_remove_directory(void), sys_file_time(void), sys_lock(void), sys_commit(void);
unsigned sys_disk_space(void), sys_default_drive_data(void), sys_drive_data(void);
unsigned sys_default_dpb(void), sys_get_dpb(void);
unsigned sys_find_first(void), sys_find_next(void), sys_set_dta(void), sys_get_dta(void);
void fcb_close_owner(uint16_t psp);
unsigned sys_fcb_open(void), sys_fcb_close(void), sys_fcb_find_first(void);
unsigned sys_fcb_find_next(void), sys_fcb_delete(void), sys_fcb_read(void);
unsigned sys_fcb_write(void), sys_fcb_create(void), sys_fcb_rename(void);
unsigned sys_fcb_random_read(void), sys_fcb_random_write(void), sys_fcb_size(void);
unsigned sys_fcb_set_random(void), sys_fcb_block_read(void), sys_fcb_block_write(void);
unsigned sys_parse_name(void);
unsigned sys_ioctl(void), sys_serial_number(void);
unsigned sys_long_names(void);

/* ---- fs.c, redir.c ---- */

struct disk_space {
    uint16_t cluster_sectors, sector_size, clusters, free;
    uint8_t media;
};
bool is_host_drive(uint8_t drive);
unsigned fs_open(struct sft *s, uint16_t mode);
unsigned fs_create(struct sft *s, uint16_t mode, uint8_t attr, enum create how, uint16_t *action);
unsigned fs_delete(void), fs_rename(void), fs_make_directory(void), fs_remove_directory(void);
unsigned fs_is_directory(void);
unsigned fs_get_attributes(uint16_t *attr);
unsigned fs_set_attributes(uint16_t attr);
unsigned fs_find_first(void), fs_find_next(void);
unsigned fs_space(struct cds *c, struct disk_space *space);
unsigned fs_close(struct sft *s);
unsigned fs_read(struct sft *s, uint32_t to, uint16_t count, uint16_t *done);
unsigned fs_write(struct sft *s, uint32_t from, uint16_t count, uint16_t *done);
uint32_t fs_size(struct sft *s);
unsigned fs_commit(struct sft *s);
unsigned fs_set_time(struct sft *s);
unsigned fs_network(uint8_t function);
unsigned fs_lock(struct sft *s, uint8_t unlock, uint32_t start, uint32_t length);
void redirect_end_owner(uint16_t psp);
bool redirector_call(struct c_frame *f, unsigned *error);

/* ---- buffer.c, fat.c, fatdir.c, share.c ---- */

extern uint8_t verify_flag;
unsigned fat_check_media(struct dpb *d);
void fat_fill_dpb(uint32_t dpb, uint32_t bpb);
void fat_flush(void);
void buffers_init(unsigned count);
void absolute_read(struct c_frame *f), absolute_write(struct c_frame *f);
bool fat_identity(struct dpb *d, void *id, bool set);
unsigned fat_open(struct sft *s, uint16_t mode);
unsigned fat_create(struct sft *s, uint16_t mode, uint8_t attr, enum create how, uint16_t *action);
unsigned fat_delete(void), fat_rename(void), fat_make_directory(void), fat_remove_directory(void);
unsigned fat_is_directory(void);
unsigned fat_get_attributes(uint16_t *attr);
unsigned fat_set_attributes(uint8_t attr);
unsigned fat_find_first(void), fat_find_next(void);
unsigned fat_space(struct dpb *d, struct disk_space *space);
unsigned fat_close(struct sft *s);
unsigned fat_commit(struct sft *s);
unsigned fat_read(struct sft *s, uint32_t to, uint16_t count, uint16_t *done);
unsigned fat_write(struct sft *s, uint32_t from, uint16_t count, uint16_t *done);
unsigned share_lock(struct sft *s, uint8_t unlock, uint32_t start, uint32_t length);

/* ---- time.c, nls.c ---- */

void clock_stamp(uint16_t *time, uint16_t *date);
void clock_read(uint8_t *record);
void clock_write(const uint8_t *record);
/* Between a file's date and days since 1980. */
uint16_t clock_days(uint16_t date);
uint16_t clock_date(uint16_t days);
unsigned sys_get_date(void), sys_set_date(void), sys_get_time(void), sys_set_time(void);
extern uint16_t code_page, country_code;
extern uint8_t file_upper_table[128];
void nls_init(void);
bool nls_load(uint16_t page, uint16_t country);
void nls_call(struct c_frame *f);
unsigned sys_country(void), sys_lead_bytes(void), sys_country_tables(void), sys_code_page(void);

/* ---- mux.c, xms.c ---- */

void mux(struct c_frame *f);
bool xms_there(void);
void xms_init(void);
bool xms_take_hma(void);
void xms_call(struct c_frame *f);

/* ---- main.c, config.c ---- */

struct config {
    uint8_t files, buffers, last_drive, fcbs;
    bool high, umb, break_on;
    uint16_t country, page;
    char shell[64], tail[96];
};
extern struct config config;
extern uint16_t root_psp;
void *kernel_alloc(unsigned size);
bool add_block_drive(uint32_t header, uint8_t unit, uint32_t bpb, uint8_t first);
/* As INT 21h/4Bh; false: it cannot be run. */
bool run_program(const char *program, const char *tail_text);
void config_read(void);
void config_run(void);
void kernel_main(void);

#endif
